import { reseal } from '../../../reseal';

export const { GET, HEAD, POST, PUT, PATCH, DELETE } = reseal.routeHandlers;
