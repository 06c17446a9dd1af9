import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { returnToPlace } from './place.ts'

returnToPlace()
const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<App />)
