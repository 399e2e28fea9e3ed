using EReferrals.Audit;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;

namespace EReferrals.Retention;

/// <summary>
/// Deletes a referral: 1 write the audit entry, 2 replace the referral by its tombstone, which names everything that is left to delete, 3 delete it: rows,
/// files, also those that were only uploaded for it, entries in the index of possible duplicates, traces on worklists, links to packs that may show an erased
/// referral, 4 mark the tombstone as finished. From step 2 on nobody finds the referral. After a stop, whoever finds the unfinished tombstone repeats steps 3
/// and 4.
/// </summary>
public sealed class ReferralRemoval(
    GoneReferrals gone,
    LegalHolds holds,
    StoredFiles files,
    FileIndex index,
    OpenReferralTable open,
    ListTraces traces,
    PackBlobs packs,
    WorklistReader worklists,
    ReferralBus bus,
    AuditTrail audit,
    TimeProvider clock)
{
    private const int Tries = 10;

    /// <summary>False when the referral was changed or held meanwhile; nothing is deleted then.</summary>
    /// <param name="audited">Written before anything is deleted.</param>
    public async Task<bool> RemoveAsync(
        FoundNumber.Present read, Func<Tombstone, Tombstone> complete, Removal why, AuditEntry audited, CancellationToken cancellationToken)
    {
        var ubrn = read.Referral.Ubrn;
        // Read after the referral: a hold that is placed from now on changes the ETag that the deletion names.
        if (await holds.FindAsync(ubrn, cancellationToken) is not null) return false;
        var former = await gone.FormerAsync(ubrn, cancellationToken);
        var changes = await gone.ChangesAsync(ubrn, cancellationToken);
        var stone = complete(Tombstone.From([read.Referral, .. former], why, clock.GetUtcNow()) with { Changes = changes });
        await audit.WriteAsync(audited with { Ubrn = ubrn }, cancellationToken);
        if (!await gone.BuryAsync(stone, read.Tag, cancellationToken)) return false;
        await FinishAsync(ubrn, cancellationToken);
        return true;
    }

    /// <summary>Makes an alias of a referral that is gone a tombstone too.</summary>
    public Task<bool> RemoveAliasAsync(Ubrn alias, Tombstone first, string tag, CancellationToken cancellationToken)
    {
        var stone = first with
        {
            Ubrn = alias, First = first.Ubrn, Why = Removal.AliasOfGone, At = clock.GetUtcNow(), Attachments = [], Files = [], Places = [], IsFinished = true,
        };
        return gone.BuryAsync(stone, tag, cancellationToken);
    }

    /// <summary>
    /// Continues a deletion. Returns whether it is finished: an erasure also waits until the worklists have taken the referral off, and until no pack shows it.
    /// </summary>
    public async Task<bool> FinishAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        if (await gone.LookAsync(ubrn, cancellationToken) is not FoundNumber.Gone { Stone: var stone, Tag: var tag }) return false;
        // Also when the deletion is finished: an upload that began before it may have stopped after it.
        foreach (var id in stone.Attachments.Union(await index.IdsAsync(ubrn, cancellationToken))) await DeleteFileAsync(id, ubrn, cancellationToken);
        if (stone.IsFinished) return true;
        await gone.ClearAsync(ubrn, cancellationToken);
        foreach (var place in stone.Places) await ForgetAsync(place, ubrn, cancellationToken);
        if (stone.Why == Removal.Erased)
        {
            var isOffLists = await IsOffListsAsync(stone, cancellationToken);
            if (isOffLists && stone.ListVersions is null)
            {
                await gone.BuryAsync(stone with { ListVersions = await VersionsAsync(stone, cancellationToken) }, tag, cancellationToken);
                return await FinishAsync(ubrn, cancellationToken);
            }

            if (!await IsOutOfPacksAsync(stone, cancellationToken) || !isOffLists) return false;
            foreach (var list in stone.Lists) await traces.ScrubFeedAsync(list, ubrn, cancellationToken);
        }
        else
        {
            await DropTracesAsync(stone, cancellationToken);
        }

        return await gone.BuryAsync(stone with { Attachments = [], Places = [], IsFinished = true }, tag, cancellationToken);
    }

    /// <summary>Deletes the traces that recognise late changes on worklists, and late uploads.</summary>
    public async Task DropTracesAsync(Tombstone stone, CancellationToken cancellationToken)
    {
        await index.ClearAsync(stone.Ubrn, cancellationToken);
        foreach (var list in stone.Lists) await traces.DropAsync(list, stone.Ubrn, cancellationToken);
    }

    private async Task DeleteFileAsync(string id, Ubrn ubrn, CancellationToken cancellationToken)
    {
        for (var tries = 1; tries <= Tries; tries++)
        {
            if (await files.FindAsync(id, cancellationToken) is not { } file || AttachmentRules.BelongsTo(file.Attachment) != ubrn) return;
            // A verdict of the scanner may change the row meanwhile.
            if (await files.DeleteAsync(file, cancellationToken)) return;
        }

        throw new TimeoutException($"Attachment {id} was changed at each of {Tries} attempts to delete it.");
    }

    private async Task ForgetAsync(PatientAtService place, Ubrn ubrn, CancellationToken cancellationToken)
    {
        for (var tries = 1; tries <= Tries; tries++)
        {
            var stored = await open.FindAsync(place, cancellationToken);
            var left = stored.Known.Without(ubrn);
            if (stored.Tag is null || (ReferenceEquals(left, stored.Known) && !left.MayGo)) return;
            var isSaved = left.MayGo
                ? await open.DeleteAsync(place, stored.Tag, cancellationToken)
                : await open.ReplaceAsync(place, stored, left, cancellationToken);
            if (isSaved) return;
        }

        throw new TimeoutException($"The open referrals of a patient at a service were changed at each of {Tries} attempts.");
    }

    private async Task<Dictionary<string, long>> VersionsAsync(Tombstone stone, CancellationToken cancellationToken)
    {
        var heads = await Task.WhenAll(stone.Lists.Select(async list => (List: list, Head: await worklists.HeadAsync(list, cancellationToken))));
        return heads.ToDictionary(each => each.List.ToString(), each => each.Head.Version);
    }

    // Ends the links to packs that may show the referral. The next pack, which the builder makes because the lists have changed, does not show it.
    private async Task<bool> IsOutOfPacksAsync(Tombstone stone, CancellationToken cancellationToken)
    {
        var isOut = true;
        foreach (var lists in stone.Lists.GroupBy(PackName.Holding))
        {
            isOut &= !await packs.EndLinksAsync(lists.Key, pack => lists.Any(list => MayShow(pack, list)), cancellationToken);
        }

        return isOut;

        bool MayShow(StoredPack pack, WorklistName list) =>
            PackContents.VersionIn(pack.Contents, list.List) is { } version && !(version >= stone.ListVersions?[list.ToString()]);
    }

    // Announces a version that no late change exceeds. The lists apply it in a moment.
    private async Task<bool> IsOffListsAsync(Tombstone stone, CancellationToken cancellationToken)
    {
        var shown = await Task.WhenAll(stone.Lists.Select(async list => (List: list, Shown: await worklists.ShownAsync(list, stone.Ubrn, cancellationToken))));
        var late = shown.Where(one => one.Shown is not { IsListed: false } || one.Shown.Version <= stone.Version).Select(one => one.List).ToArray();
        var removals = late.Select(list => new WorklistChange(list, stone.Ubrn, stone.Version + 1, Entry: null)).ToArray();
        await bus.AnnounceAsync(removals, $"erasure-{stone.Ubrn}", cancellationToken);
        return late.Length == 0;
    }
}
