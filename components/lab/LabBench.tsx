import Link from 'next/link';
import { useUpstream } from '../../store/demo/upstream.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { plainLinkButton } from '../ui/Button.tsx';
import { PageTitle } from '../ui/Card.tsx';
import { BurstForm } from './BurstForm.tsx';
import { OutageBanner } from './OutageBanner.tsx';
import { Timeline } from './Timeline.tsx';
import { UpstreamControls } from './UpstreamControls.tsx';

/** The lab: send a burst, break the sample backend, watch the timeline. */
export function LabBench() {
  useUpstream();
  const lab = useLabMessages();
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6">
        <PageTitle title={lab.title} lead={lab.lead} />
        <Link
          href="/lab"
          prefetch={false}
          target="_blank"
          rel="noopener"
          className={`${plainLinkButton} mb-6 print:hidden`}
        >
          {lab.newTab}
        </Link>
      </div>
      <div className="grid grid-cols-1 gap-6">
        <OutageBanner />
        <BurstForm />
        <Timeline />
        <UpstreamControls />
      </div>
    </>
  );
}
