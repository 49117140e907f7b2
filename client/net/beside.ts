/** The address of something that the server has beside the page, which a proxy may serve under a path of its own. */
export function besidePage(path: string): URL {
  return new URL(path.replace(/^\//, ''), document.baseURI);
}
