import { forwardRequest } from '../../../../../doors/bare.ts';

export const dynamic = 'force-dynamic';
export const GET = forwardRequest;
