import tseslint from 'typescript-eslint';

/** The arrows of the house: what each folder of src/ may not import. */
const fence = (folder, forbidden, why) => ({
  files: [`src/${folder}/**/*.ts`],
  ignores: ['**/*.spec.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: forbidden.map((regex) => ({ regex, message: why })),
      },
    ],
  },
});

const NODE_BUILT_IN = '^node:';
const SIMULATORS_AND_COMMANDS = '/(simulators|cli|test|bench)/';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.gavel/', '*.config.js'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    },
  },
  {
    // NestJS reads constructor types at run time, so they may not become type-only imports.
    files: ['src/api/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  fence(
    'domain',
    [
      NODE_BUILT_IN,
      SIMULATORS_AND_COMMANDS,
      '^(\\.\\./)+(api|activities|workflows|services|database|integrations)/',
      '^(@nestjs|@temporalio|typeorm|pg)(/|$)',
    ],
    'domain/ is pure: no I/O, no clock, no framework.',
  ),
  fence(
    'database',
    [SIMULATORS_AND_COMMANDS, '/(api|activities|services|integrations)/'],
    'database/ knows domain/ and the messages of workflows/ only.',
  ),
  fence(
    'services',
    [SIMULATORS_AND_COMMANDS, '/(api|activities|messaging|integrations)/', '\\.workflow\\.ts$'],
    'services/ knows database/, domain/ and the messages of workflows/ only.',
  ),
  fence(
    'integrations',
    [SIMULATORS_AND_COMMANDS, '/(api|activities|workflows|services|database)/'],
    'integrations/ knows domain/ only.',
  ),
  fence(
    'activities',
    [SIMULATORS_AND_COMMANDS, '/api/'],
    'nothing uses api/; src never imports simulators or commands.',
  ),
  fence(
    'messaging',
    [SIMULATORS_AND_COMMANDS, '/(api|activities)/', '\\.workflow\\.ts$'],
    'messaging/ speaks to workflows by their messages; nothing uses api/.',
  ),
  fence(
    'api',
    [SIMULATORS_AND_COMMANDS, '/activities/', '\\.workflow\\.ts$'],
    'api/ starts workflows by their messages; it never runs their code.',
  ),
  {
    files: ['src/workflows/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: NODE_BUILT_IN, message: 'Workflows are deterministic: no Node built-ins.' },
            {
              regex: SIMULATORS_AND_COMMANDS,
              message: 'src never imports simulators or commands.',
            },
            {
              regex: '/(api|services|database|integrations)/',
              message: 'Workflows reach the world through activities.',
            },
            {
              regex: '/activities/',
              message: 'Workflows know only the types of activities.',
              allowTypeImports: true,
            },
          ],
        },
      ],
    },
  },
);
