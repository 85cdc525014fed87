/** Twenty questions for comparing greedy tokens. */
const QUESTIONS = [
  'What is the capital of France?',
  'Name three colours of a traffic light.',
  'Write one sentence about a red car.',
  'How many wheels does a bicycle have?',
  'Explain rain to a child.',
  'What comes after Tuesday?',
  'Translate "good morning" to Spanish.',
  'Why is the sky blue?',
  'List four fruits.',
  'What is 12 plus 30?',
  'Tell me about the moon.',
  'Who wrote Hamlet?',
  'Give a short tip for safe driving.',
  'What does a stop sign mean?',
  'Describe a bus stop.',
  'What is the largest ocean?',
  'How do I boil an egg?',
  'スピードを落としてください。',
  'Turn left at the next light, please.',
  'Say hello in Japanese.',
];

/** The questions in SmolLM2's chat format. */
export const PROMPTS: readonly string[] = QUESTIONS.map(
  (question) => `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`,
);
