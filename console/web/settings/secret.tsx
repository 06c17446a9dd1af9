import { TEXTS } from '../texts.ts'

/** A secret that the server shows this once and the page forgets with it. */
export function Secret({ secret, hide }: { readonly secret: string; readonly hide: () => void }) {
  return (
    <div className="panel secret" role="status">
      <p>{TEXTS.settings.secretSays}</p>
      <p>
        <code>{secret}</code>
      </p>
      <button type="button" className="button small" onClick={hide}>
        {TEXTS.bulk.hide}
      </button>
    </div>
  )
}
