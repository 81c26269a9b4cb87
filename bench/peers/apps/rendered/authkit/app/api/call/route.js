export { GET } from '../../../../../authkit/app/api/call/route.js';
