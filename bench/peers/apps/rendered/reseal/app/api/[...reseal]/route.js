import { reseal } from '../../../reseal.js';

export const { GET, HEAD, POST, PUT, PATCH, DELETE } = reseal.routeHandlers;
