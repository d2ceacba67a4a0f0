import type { NotebookPanel } from '@jupyterlab/notebook';
import { type IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import type { Kernel } from '@jupyterlab/services';
import { Panel, Widget } from '@lumino/widgets';
import { EMPTY } from './empty';

const HTML = 'text/html';
const PAGE =
  "__import__('aiser_jupyter.widgets.start_page', fromlist=['own_page']).own_page()";

/** The start page: of the workspace in a notebook's kernel, or with the ways in where there is none. */
export class StartPage extends Panel {
  constructor(private rendermime: IRenderMimeRegistry) {
    super();
    this.addClass('jp-AiserStart');
  }

  /** Show what the notebook's kernel has open as soon as it has said so, else the page without data. */
  async fill(notebook: NotebookPanel | null): Promise<void> {
    const kernel = notebook?.sessionContext.session?.kernel;
    if (notebook && kernel && !this.widgets.length) {
      const waiting = new Widget();
      waiting.addClass('jp-AiserStart-waiting');
      waiting.node.textContent = `Asking ${notebook.title.label} what is open in it`;
      this.addWidget(waiting);
    }
    const own = kernel ? await ask(kernel) : null;
    if (!this.isDisposed) {
      await this.draw(own ?? EMPTY);
    }
  }

  private async draw(html: string): Promise<void> {
    const renderer = this.rendermime.createRenderer(HTML);
    // Trusted: the text is our own, or made by the kernel that runs the user's own code; all data in it is escaped there.
    await renderer.renderModel(
      new MimeModel({ data: { [HTML]: html }, trusted: true })
    );
    for (const old of [...this.widgets]) {
      old.dispose();
    }
    this.addWidget(renderer);
  }
}

/** The page of the kernel's workspace; null from a kernel without aiser_jupyter. The kernel's names and history stay as they are. */
async function ask(kernel: Kernel.IKernelConnection): Promise<string | null> {
  const reply = await kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: { page: PAGE }
  }).done;
  if (reply.content.status !== 'ok') {
    return null;
  }
  const page = reply.content.user_expressions?.page as
    | { status: string; data?: Record<string, unknown> }
    | undefined;
  const html = page?.status === 'ok' ? page.data?.[HTML] : null;
  return typeof html === 'string' ? html : null;
}
