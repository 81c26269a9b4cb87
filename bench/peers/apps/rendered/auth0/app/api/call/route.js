export { GET } from '../../../../../auth0/app/api/call/route.js';
