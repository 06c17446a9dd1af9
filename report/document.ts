import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Html } from './html.ts'

/** An element whose content is raw text to HTML, and whose digest the policy names: not a byte may be added to it. */
export function element(tag: 'style' | 'script', content: string, attributes = ''): Html {
  return new Html(`<${tag}${attributes === '' ? '' : ` ${attributes}`}>${content}</${tag}>`)
}

/** Files of `web/`, one after the other. */
export function asset(...files: readonly string[]): string {
  return textOf('web', files)
}

/** Styles that the console has too. */
export function sharedStyle(...files: readonly string[]): string {
  return textOf('../present/styles', files)
}

function textOf(folder: string, files: readonly string[]): string {
  return files.map((file) => readFileSync(new URL(`${folder}/${file}`, import.meta.url), 'utf8')).join('')
}

/** A content security policy under which a page asks for nothing, and only this style and script act. */
export function policyOf(style: string, script?: string): Html {
  const rules = [
    "default-src 'none'",
    ...(script === undefined ? [] : [`script-src ${digest(script)}`]),
    `style-src ${digest(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ]
  return new Html(rules.join('; '))
}

function digest(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}
