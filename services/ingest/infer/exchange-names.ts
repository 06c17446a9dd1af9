/** Published sets call their fields by few names: those that mean nothing else are believed, the others must look like it. */
export const MESSAGES = ['messages', 'conversations', 'conversation', 'dialog', 'dialogue', 'chat', 'turns', 'contents']
export const SURE_PROMPTS = ['instruction', 'prompt']
export const PROMPTS = [...SURE_PROMPTS, 'question', 'query', 'input', 'inputs', 'problem', 'user', 'human', 'request']
export const SURE_RESPONSES = ['completion', 'output', 'response']
export const RESPONSES = [
  ...SURE_RESPONSES,
  'answer',
  'answers',
  'outputs',
  'targets',
  'target',
  'solution',
  'assistant',
  'reply',
]
export const CHOSEN = ['chosen', 'chosen_response', 'response_chosen', 'preferred', 'accepted', 'preferred_output']
export const REJECTED = ['rejected', 'rejected_response', 'response_rejected', 'dispreferred', 'non_preferred_output']
export const RANKED = ['completions', 'responses', 'answers', 'candidates']
export const SYSTEMS = ['system', 'system_prompt', 'system_message']
/** What may stand beside a conversation in a field by any name, and says what it is about. */
export const BESIDE_TALK = [...SYSTEMS, 'title', 'topic', 'subject']
export const CONTEXTS = [
  'context',
  'passage',
  'history',
  'background',
  'document',
  'article',
  'paragraph',
  'story',
  'contract',
]
export const DOCSTRINGS = ['docstring', 'func_documentation_string', 'documentation']
export const CODES = ['code', 'func_code_string', 'function', 'whole_func_string', 'original_string', 'body']
export const FILES = ['content', 'code', 'text']
export const PATHS = ['path', 'file_path', 'filepath', 'max_stars_repo_path', 'filename', 'file_name']
export const REPOSITORIES = [
  'repo',
  'repo_name',
  'repository',
  'repository_name',
  'max_stars_repo_name',
  'lang',
  'language',
  'license',
]
export const DOCUMENTS = ['text', 'content', 'raw_content', 'document']
export const ORIGINS = [
  'url',
  'uri',
  'source',
  'source_url',
  'domain',
  'warc_date',
  'dump',
  'crawl',
  'meta',
  'metadata',
]
export const [PREFIXES, SUFFIXES, MIDDLES] = ['prefix', 'suffix', 'middle'].map((part) => [part, `fim_${part}`])
export const PAIRS = [
  ['source', 'target'],
  ['src', 'tgt'],
  ['source_text', 'target_text'],
  ['src_text', 'tgt_text'],
] as const
/** What is summarized, and what a model learns to say of it. */
export const SUMMARIES = [
  ['document', 'summary'],
  ['article', 'highlights'],
  ['article', 'summary'],
  ['dialogue', 'summary'],
] as const
/** Names of languages as translations have them for keys and columns. */
export const LANGUAGE = /^[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?$/
