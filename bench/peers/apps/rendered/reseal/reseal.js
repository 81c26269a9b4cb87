import { createReseal, fromEnv } from '../../../../../server/index.ts';

export const reseal = createReseal(fromEnv());
