import { useId, useLayoutEffect, useRef, type ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly close: () => void
  readonly children: ReactNode
}

/** The browser's own modal: it keeps the focus, gives it back to what had it before, and Escape closes it. */
export function Dialog({ title, close, children }: Props) {
  const id = useId()
  const element = useRef<HTMLDialogElement>(null)
  // closed while it is in the page still: once it is gone, the browser gives the focus back to nothing
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={close}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  )
}
