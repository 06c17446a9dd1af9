import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './style/theme.css'
import './style/frame.css'
import './style/queue.css'
import './style/tables.css'

const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<App />)
