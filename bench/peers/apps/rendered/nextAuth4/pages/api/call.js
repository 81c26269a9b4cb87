export { default } from '../../../../nextAuth4/pages/api/call.js';
