using EReferrals.Referrals;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Lifecycle;

/// <summary>Looks up the attachments that a command names, with their present owners.</summary>
public sealed class NamedAttachments(AttachmentTable attachments, SuccessionRegister register)
{
    /// <summary>One for each id, in the same order.</summary>
    public async Task<IReadOnlyList<NamedAttachment>> FindAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0) return [];
        var found = await attachments.FindManyAsync(ids, cancellationToken);
        var successions = await register.CurrentAsync(cancellationToken);
        return [.. ids.Select(id => new NamedAttachment(id, successions.Apply(found.GetValueOrDefault(id))))];
    }
}
