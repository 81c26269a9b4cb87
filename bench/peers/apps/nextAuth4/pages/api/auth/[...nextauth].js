import NextAuth from 'next-auth';
import { authOptions } from '../../../authOptions.js';

export default NextAuth(authOptions);
