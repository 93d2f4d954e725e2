// The URL of a request to a web service that an operator has named.

export interface OutgoingUrl {
  /** Without user and password: `fetch` takes none, and its error would print them. */
  readonly url: URL;
  /** HTTP Basic (RFC 7617), if the URL has a user or a password. */
  readonly headers: { readonly authorization?: string };
}

/** `http://USER:PASSWORD@HOST/`: what stands before the host goes into a header. Throws TypeError for what is no URL. */
export function splitCredentials(text: string): OutgoingUrl {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  url.username = '';
  url.password = '';
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return { url, headers: { authorization: `Basic ${credentials}` } };
}

/** As it is where it holds a "%" that stands for nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
