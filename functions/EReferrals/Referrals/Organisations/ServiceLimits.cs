using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Organisations;

/// <summary>
/// What the directory says that a service offers, and to whom: specialty, clinic types, ages. (That it is open, takes referrals and takes the
/// priority decides whether it can have a referral at all: <see cref="ReferralRules.WhyServiceCannotTake"/>.) Who sends is refused what does not fit;
/// what was accepted without asking the directory is kept, listed under what the service offers, and says so. Gender, site, bookable, instructions
/// and contact are for people to read, and decide nothing.
/// </summary>
public static class ServiceLimits
{
    /// <summary>Everything that is asked of the service and is not offered.</summary>
    /// <param name="today">In the United Kingdom.</param>
    public static IReadOnlyList<Refusal> Faults(Service service, string? specialty, string? clinicType, DateOnly? birthDate, DateOnly today)
    {
        var faults = new List<Refusal>();
        if (specialty is not null && specialty != service.Specialty)
        {
            faults.Add(new Refusal("SpecialtyMustBeOffered", "INAPPROPRIATE_VALUE", $"Service {service.Id} is of {service.Specialty}.", "/specialty"));
        }

        if (clinicType is not null && !Offers(service, clinicType))
        {
            faults.Add(new Refusal(
                "ClinicTypeMustBeOffered", "INAPPROPRIATE_VALUE", $"Service {service.Id} offers {string.Join(", ", service.ClinicTypes)}.", "/clinicType"));
        }

        if (WhyPatientIsNotSeen(service, birthDate, today) is { } refusal) faults.Add(refusal with { Pointer = "/patient/birthDate" });
        return faults;
    }

    /// <summary>Null when the age fits, or is not known.</summary>
    public static Refusal? WhyPatientIsNotSeen(Service service, DateOnly? birthDate, DateOnly today)
    {
        if (birthDate is not { } born) return null;
        var age = AgeOf(born, today);
        return age >= (service.AgeFrom ?? 0) && age <= (service.AgeTo ?? int.MaxValue)
            ? null
            : new Refusal("PatientMustBeOfAge", "INAPPROPRIATE_VALUE", $"Service {service.Id} sees patients {AgesOf(service)}.", "/service");
    }

    /// <summary>A service that names no clinic types has not said what it offers, and takes any.</summary>
    public static bool Offers(Service service, string clinicType) => service.ClinicTypes.Count == 0 || service.ClinicTypes.Contains(clinicType);

    /// <summary>The referral as the service lists it, with a problem for everything that is not as it was asked for.</summary>
    /// <param name="specialty">As it was asked for; null when nothing was.</param>
    public static Referral Fitted(Referral referral, Service service, string? specialty, DateTimeOffset now)
    {
        var problems = referral.Problems
            .Where(problem => problem.Code is not (ProblemCode.SpecialtyReplaced or ProblemCode.ClinicTypeNotOffered))
            .ToList();
        if (specialty is not null && specialty != service.Specialty)
        {
            problems.Add(new ReferralProblem(
                ProblemCode.SpecialtyReplaced, $"{specialty} was asked for. Service {service.Id} is of {service.Specialty} and lists the referral there.", now));
        }

        var clinicType = referral.ClinicType;
        if (clinicType is not null && !Offers(service, clinicType))
        {
            problems.Add(new ReferralProblem(ProblemCode.ClinicTypeNotOffered, $"{clinicType} was asked for. Service {service.Id} does not offer it.", now));
            clinicType = null;
        }

        return WithAgeAsked(referral with { Specialty = service.Specialty, ClinicType = clinicType, Problems = problems }, service, now);
    }

    /// <summary>The referral with a problem if its service does not see patients of that age, and without one if it does.</summary>
    public static Referral WithAgeAsked(Referral referral, Service service, DateTimeOffset now)
    {
        var others = referral.Problems.Where(problem => problem.Code != ProblemCode.OutsideServiceLimits);
        var refusal = WhyPatientIsNotSeen(service, referral.Patient.BirthDate, WorkingDays.DateOf(now));
        return referral with
        {
            Problems = refusal is null ? [.. others] : [.. others, new ReferralProblem(ProblemCode.OutsideServiceLimits, refusal.Message, now)],
        };
    }

    private static int AgeOf(DateOnly born, DateOnly today)
    {
        var age = Math.Max(0, today.Year - born.Year);
        return age > 0 && born.AddYears(age) > today ? age - 1 : age;
    }

    private static string AgesOf(Service service) => (service.AgeFrom, service.AgeTo) switch
    {
        (null, { } to) => $"up to {to} years old",
        ({ } from, null) => $"from {from} years on",
        var (from, to) => $"from {from} to {to} years old",
    };
}
