import express from 'express';
import { createReseal, fromEnv } from 'reseal/server';

const reseal = createReseal({ ...fromEnv(), upstreamPaths: ['/notes'] });

const app = express();
app.use(reseal.middleware);
app.use(express.static('dist'));
app.listen(Number(process.env['PORT'] ?? 3000));
