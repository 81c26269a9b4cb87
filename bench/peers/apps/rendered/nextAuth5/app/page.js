export { default } from '../../home.js';
