export { POST } from '../../../../authkit/app/logout/route.js';
