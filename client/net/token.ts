const TOKEN_KEY = 'planner-doer-token';

/** The token that the address brings, or that was brought to this tab before. It is taken out of the address, so that it is not passed on with a copied link. */
export function takeToken(): string | undefined {
  const url = new URL(location.href);
  const given = url.searchParams.get('token');
  if (given) {
    sessionStorage.setItem(TOKEN_KEY, given);
    url.searchParams.delete('token');
    history.replaceState(null, '', url);
  }
  return given ?? sessionStorage.getItem(TOKEN_KEY) ?? undefined;
}
