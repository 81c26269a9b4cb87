import { defineConfig } from 'vitepress';

const page = (text, link) => ({ text, link });

/** The menu of one language; its entries are the documents of docs/README.md. */
const menu = [
  {
    text: 'Use it',
    items: [
      page('Quick start', '/'),
      page('Doors', '/doors'),
      page('Testing', '/testing'),
      page('Recipes', '/recipes'),
      page('Configuration', '/configuration'),
      page('Error codes', '/errors'),
      page('Questions', '/questions'),
    ],
  },
  {
    text: 'Operate it',
    items: [
      page('Operating', '/operating'),
      page('Scaling', '/scaling'),
      page('Security', '/security'),
      page('RFC 10017', '/rfc10017'),
    ],
  },
  {
    text: 'Understand it',
    items: [
      page('Architecture', '/architecture'),
      page('HTTP contract', '/wire'),
      page('How a session gets lost', '/histories'),
      page('Measurements', '/bench'),
      page('Decisions', '/decisions'),
      page('Contributing', '/contributing'),
      page('Changes', '/changelog'),
    ],
  },
];

const koreanMenu = [
  page('소개', '/ko/'),
  page('빠른 시작', '/ko/quickstart'),
  page('레시피', '/ko/recipes'),
  page('설정', '/ko/configuration'),
  page('오류 코드', '/ko/errors'),
  page('자주 묻는 질문', '/ko/questions'),
  page('모든 문서', '/ko/documents'),
];

/** Static, searchable without a network; a link to a page that does not exist fails the build. */
export default defineConfig({
  title: 'Reseal',
  description: 'Keeps users logged in: tokens in an encrypted cookie, refreshed once.',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }]],
  cleanUrls: false,
  ignoreDeadLinks: false,
  // The anchors of GitHub, so that a link works in both places; the tests check them.
  markdown: {
    anchor: {
      slugify: (heading) =>
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(/\s/g, '-'),
    },
  },
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: { sidebar: menu } },
    ko: {
      label: '한국어',
      lang: 'ko',
      themeConfig: {
        sidebar: koreanMenu,
        outline: { label: '이 페이지' },
        docFooter: { prev: '이전', next: '다음' },
        sidebarMenuLabel: '메뉴',
        returnToTopLabel: '맨 위로',
        darkModeSwitchLabel: '어두운 화면',
        langMenuLabel: '언어',
        lightModeSwitchTitle: '밝은 화면으로 바꾸기',
        darkModeSwitchTitle: '어두운 화면으로 바꾸기',
        skipToContentLabel: '본문으로 건너뛰기',
      },
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        locales: {
          ko: {
            translations: {
              button: { buttonText: '검색', buttonAriaLabel: '검색' },
              modal: {
                displayDetails: '자세히 보기',
                noResultsText: '결과가 없습니다:',
                resetButtonTitle: '지우기',
                backButtonTitle: '닫기',
                footer: { selectText: '선택', navigateText: '이동', closeText: '닫기' },
              },
            },
          },
        },
      },
    },
  },
});
