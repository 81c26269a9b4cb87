export { GET } from '../../../../authkit/app/login/route.js';
