import { createReseal, fromEnv } from 'reseal/server';

export const reseal = createReseal({ ...fromEnv(), upstreamPaths: ['/notes', '/me'] });
