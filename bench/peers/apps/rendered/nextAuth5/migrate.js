import { openDatabase } from './database.js';

openDatabase(process.env.DATABASE_FILE);
