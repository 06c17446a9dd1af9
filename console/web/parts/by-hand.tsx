import { TEXTS } from '../texts.ts'

/** What does the same at the command line, for whoever has the rights that this console was not given. */
export function ByHand({ command }: { readonly command: string }) {
  return (
    <p className="by-hand">
      {TEXTS.byHand} <code>{command}</code>
    </p>
  )
}
