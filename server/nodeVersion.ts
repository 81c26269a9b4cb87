const [MAJOR, MINOR] = [22, 19] as const;

/**
 * Refuses a Node that lacks what `server/` is built on. The package's door imports this file first, so that the message
 * comes before anything fails for lack of it.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MAJOR || (major === MAJOR && minor < MINOR))
  throw new Error(
    `reseal/server needs Node ${MAJOR}.${MINOR} or newer; this is Node ${process.versions.node}.`,
  );

/** The oldest Node that `reseal/server` runs on. */
export const OLDEST_NODE = `${MAJOR}.${MINOR}`;
