/** A browser's way about: it keeps cookies by host and name, and follows where it is sent. */
export interface CookieJar {
  /** Where it ended, and what was answered there; it stops before an address that `stopsAt` names. */
  readonly go: (url: string, init?: RequestInit) => Promise<{ readonly url: string; readonly response: Response }>
}

export function cookieJar(stopsAt: (url: URL) => boolean = () => false): CookieJar {
  const jar = new Map<string, string>()
  const go: CookieJar['go'] = async (url, init = {}) => {
    const { origin } = new URL(url)
    const cookie = [...jar].flatMap(([key, value]) => (key.startsWith(`${origin} `) ? [value] : [])).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...(init.headers as object), cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      jar.set(`${origin} ${pair.split('=')[0]}`, pair)
    }
    const location = response.headers.get('location')
    if (location === null || response.status < 300 || response.status > 399) return { url, response }
    const next = new URL(location, url)
    return stopsAt(next) ? { url: next.href, response } : go(next.href)
  }
  return { go }
}
