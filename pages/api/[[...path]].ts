import { ApiError } from '../../server/http/problem.ts';
import { unguarded, withAnyMethod } from '../../server/http/handler.ts';

export const config = { api: { bodyParser: false, externalResolver: true } };

/** Whatever is no route: a client that mistyped an address reads a problem document, like any other. */
export default withAnyMethod(() => {
  throw new ApiError('not_found');
}, unguarded);
