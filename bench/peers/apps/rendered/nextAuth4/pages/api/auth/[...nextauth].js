export { default } from '../../../../../nextAuth4/pages/api/auth/[...nextauth].js';
