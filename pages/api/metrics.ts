import { metrics } from '../../server/routes/monitoring.ts';
import { unguarded, withHandler } from '../../server/http/handler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: metrics }, unguarded);
