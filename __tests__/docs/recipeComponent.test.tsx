/** @jest-environment jsdom */
import { screen } from '@testing-library/react';
import type { ComponentType } from 'react';
import { renderWithStore } from '../components/renderWithStore.tsx';
import { startApp, until } from '../store/startApp.ts';
import { recipeFile } from '../support/recipe.ts';

test('the component of the recipes logs in, refreshes and logs out by dispatching alone', async () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- its path is known at run time only
  const { Corner } = require(recipeFile('Dispatching auth actions from a component')) as {
    Corner: ComponentType;
  };
  const app = startApp();
  const { user } = renderWithStore(app, <Corner />);

  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByText(/Ada/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Refresh now' }));
  await until(() => {
    const auth = app.auth();
    return auth.status === 'signedIn' && auth.session.version === 2;
  });
  await user.click(screen.getByRole('button', { name: 'Log out' }));
  expect(await screen.findByRole('button', { name: 'Log in' })).toBeTruthy();
  expect(app.auth()).toMatchObject({ status: 'signedOut' });
  app.leave();
});
