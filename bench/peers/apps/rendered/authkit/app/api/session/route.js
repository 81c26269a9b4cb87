export { GET } from '../../../../../authkit/app/api/session/route.js';
