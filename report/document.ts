import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { html, Html, type Content } from './html.ts'

/** An element whose content is raw text in HTML. The policy contains its digest, so not a byte may be added to it. */
export function element(tag: 'style' | 'script', content: string, attributes = ''): Html {
  return new Html(`<${tag}${attributes === '' ? '' : ` ${attributes}`}>${content}</${tag}>`)
}

/** Files of `web/`, joined. */
export function asset(...files: readonly string[]): string {
  return textOf('web', files)
}

/** Styles that the console uses too. */
export function sharedStyle(...files: readonly string[]): string {
  return textOf('../present/styles', files)
}

function textOf(folder: string, files: readonly string[]): string {
  return files.map((file) => readFileSync(new URL(`${folder}/${file}`, import.meta.url), 'utf8')).join('')
}

/** A content security policy under which a page makes no request, and only this style and script apply. */
function policyOf(style: string, script?: string): Html {
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

export interface Document {
  readonly title: string
  readonly version: string
  readonly style: string
  readonly script?: string
  /** A CSS class of the body. */
  readonly kind?: string
}

/** A page as one self-contained HTML file. */
export function documentOf({ title, version, style, script, kind = 'report' }: Document, body: Content): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policyOf(style, script)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="Credence ${version}" />
        <title>${title} · Credence</title>
        ${element('style', style)}
      </head>
      <body class="${kind}">
        ${body} ${script === undefined ? null : element('script', script)}
      </body>
    </html> `
  return page.text
}

function digest(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}
