export { GET } from '../../../../authkit/app/callback/route.js';
