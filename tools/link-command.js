// Puts `credence` among the commands of this checkout, so that `npx credence` works in it as it does where it is installed.
// npm runs it after `npm ci` as `postprepare`: a `prepare` it would name among the install scripts of whoever installs the packed file.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
try {
  mkdirSync(`${root}node_modules/.bin`, { recursive: true })
  rmSync(`${root}node_modules/.bin/credence`, { force: true })
  symlinkSync('../../cli/credence.js', `${root}node_modules/.bin/credence`)
  chmodSync(`${root}cli/credence.js`, 0o755)
} catch {
  console.log('npx credence is not set up here; `npm run credence -- …` does the same')
}
