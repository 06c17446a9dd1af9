import { existsSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { needs } from './needs.ts'

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? inPath('chromium', 'chromium-browser', 'google-chrome')

function inPath(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file))
}

/** Whether a suite that looks at pages has to be skipped, and why. */
export const needsChromium = needs(
  CHROMIUM === undefined ? 'no Chromium in PATH: apt-get install chromium, or name it in CHROMIUM_PATH' : null,
)

/** Milliseconds that a page has for what is waited for: far above what it takes on a machine that runs ten other things. */
export const PATIENCE = 180_000

/** A Chromium without a window; it asks nothing of the network by itself. With arguments it draws as they say, else not by a graphics card. */
export function launchChromium(...drawing: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--disable-background-networking', ...(drawing.length > 0 ? drawing : ['--disable-gpu'])],
  })
}
