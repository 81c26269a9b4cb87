import { reseal } from '../../../reseal.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE } = reseal.routeHandlers;
