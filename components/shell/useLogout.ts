import { useRouter } from 'next/router';
import type { LogoutRequest } from '../../contract/user.ts';
import type { ApiError } from '../../store/apiError.ts';
import { logout } from '../../store/authThunks.ts';
import { useAppDispatch } from '../../store/demo/hooks.ts';

/**
 * Logs out and leaves: for the provider's own logout where it has one, else for the login page.
 *
 * @returns what went wrong, `null` where nothing did
 */
export function useLogout(): (request: LogoutRequest) => Promise<ApiError | null> {
  const dispatch = useAppDispatch();
  const router = useRouter();
  return async (request) => {
    const result = await dispatch(logout(request));
    if (!logout.fulfilled.match(result)) return result.payload ?? { code: 'unexpected', status: null };
    const { endSessionUrl } = result.payload;
    if (endSessionUrl) window.location.assign(endSessionUrl);
    else await router.push('/login');
    return null;
  };
}
