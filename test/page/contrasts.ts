/**
 * Measures the contrast of each text on a page, from 1 to 21 (WCAG 2). Runs in the browser.
 *
 * @returns also the luminance of the page's background, from 0 to 1
 */
export function contrasts(): { paper: number; texts: { text: string; contrast: number }[] } {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = luminance(getComputedStyle(document.documentElement).backgroundColor);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    const text = textContent?.trim();
    if (!element?.checkVisibility() || !text) continue;
    const ink = luminance(getComputedStyle(element).color);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    texts.push({ text, contrast });
  }
  return { paper, texts };
}
