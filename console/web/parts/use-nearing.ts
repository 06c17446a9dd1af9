import { useEffect, useRef, useState, type RefObject } from 'react'

/** Whether what is held by `box` is or was in view, or nearly: what nobody scrolls to is not asked for. */
export function useNearing<E extends Element>(): { readonly box: RefObject<E | null>; readonly isNear: boolean } {
  const box = useRef<E>(null)
  const [isNear, setNear] = useState(false)
  useEffect(() => {
    if (box.current === null || isNear) return
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) setNear(true)
      },
      { rootMargin: '200px' },
    )
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [isNear])
  return { box, isNear }
}
