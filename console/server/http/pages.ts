import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

const UNBUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Credence console</title></head>
<body><h1>Credence console</h1><p>The pages are not built here: <code>npm run build</code> builds them. The API answers at <code>/v1</code>; docs/console.md has its routes.</p></body></html>
`

/** What is worth being compressed: pictures and fonts are already. */
const TEXTUAL = /^(?:text|application)\//

export interface Pages {
  /** The file of a path, or the index where the path is one of the pages'; null for anything else. `accepts` is what the browser decodes (`Accept-Encoding`). */
  answer(path: string, accepts?: string): Promise<Response | null>
}

/** The built pages below a folder. What is served is the list of what lies there at the start: a path is looked up, never joined. */
export function createPages(folder: string): Pages {
  const files = new Map(
    !existsSync(folder)
      ? []
      : readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
          .map((entry) => join(entry.parentPath, entry.name))
          .map((file): [string, string] => [`/${relative(folder, file).split(sep).join('/')}`, file]),
  )
  // the same for everybody, so that their length says nothing of anybody; answers with records in them are not compressed
  const packed = new Map<string, Promise<Buffer>>()
  const packedOf = (file: string): Promise<Buffer> => {
    const made = packed.get(file) ?? readFile(file).then((bytes) => promisify(gzip)(bytes))
    packed.set(file, made)
    return made
  }
  const send = async (path: string, accepts = ''): Promise<Response | null> => {
    const file = files.get(path)
    if (file === undefined) return null
    const isAsset = path.startsWith('/assets/')
    const type = TYPES[extname(file)] ?? 'application/octet-stream'
    const headers = {
      'content-type': type,
      'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    }
    if (!isAsset || !TEXTUAL.test(type) || !/\bgzip\b/.test(accepts))
      return new Response(await readFile(file), { headers })
    return new Response(await packedOf(file), { headers: { ...headers, 'content-encoding': 'gzip' } })
  }
  return {
    async answer(path, accepts) {
      const found = await send(path, accepts)
      if (found !== null || /\.[^/]*$/.test(path)) return found
      const index = await send('/index.html')
      const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
      return index ?? new Response(UNBUILT, { headers })
    },
  }
}
