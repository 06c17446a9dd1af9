import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { launchChromium } from '#test/support/chromium.ts'
import { bookHtml, pagesIn } from './book.ts'
import { textAt } from './files.ts'

// One PDF of the playbook: `npm run playbook`, or with a file behind it. It takes a Chromium, in PATH or named in CHROMIUM_PATH.
const file = resolve(process.argv[2] ?? 'dist/playbook.pdf')
const { version } = JSON.parse(textAt('package.json')) as { version: string }
const browser = await launchChromium()
try {
  // Twice: on which page a chapter begins is known once it is printed.
  const pages = pagesIn(await print(bookHtml(version)))
  const pdf = await print(bookHtml(version, pages))
  if (JSON.stringify([...pagesIn(pdf)]) !== JSON.stringify([...pages]))
    throw new Error('the pages moved as they were numbered')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, pdf)
  process.stdout.write(`${file}: ${(pdf.length / 1024).toFixed(0)} KiB\n`)
} finally {
  await browser.close()
}

async function print(html: string): Promise<Buffer> {
  const page = await browser.newPage({ colorScheme: 'light' })
  await page.setContent(html)
  const number = `<div style="font:8px sans-serif;width:100%;text-align:center;color:#57606a"><span class="pageNumber"></span></div>`
  return await page.pdf({
    preferCSSPageSize: true,
    displayHeaderFooter: true,
    headerTemplate: '<span></span>',
    footerTemplate: number,
    tagged: true,
    outline: true,
  })
}
