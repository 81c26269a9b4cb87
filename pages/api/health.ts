import { health } from '../../server/monitoring.ts';
import { unguarded, withHandler } from '../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

export default withHandler({ GET: health, HEAD: health }, unguarded);
