const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The login page of the OpenID provider; it posts to the address that it was loaded from. */
export const loginPage = ({ username = '', isRefused = false }) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Log in at the test provider</title>
${isRefused ? '<p role="alert">Wrong username or password.</p>' : ''}
<form method="post">
<label>Username <input name="username" autocomplete="username" value="${escaped(username)}" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
<button name="cancel" value="1" formnovalidate>Cancel</button>
</form>
</html>
`;
