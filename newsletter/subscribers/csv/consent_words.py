"""The words of columns and values that are about consent, in the languages and programs that are known.

All words are keys as `text_key` returns them: without accents and voiced sound marks (メルマカ for メルマガ). Sources
of columns: Mailchimp (audience export: UNSUB_TIME, UNSUB_REASON, CLEAN_TIME), Substack (email_disabled), Ghost (members
exporter: subscribed_to_emails, deleted_at), Buttondown (API: type, unsubscription_date, undeliverability_reason),
HubSpot (default contact properties: Unsubscribed from all email, Opted out of email, Email hard bounce reason),
Constant Contact (exports: Email status, Email permission status; Lead Gen & CRM: Is Unsubscribed), Brevo (API:
emailBlacklisted), MailUp (unsubscribers export: OptOut_Date), rasa.io (contacts export: Subscribed, Unsubscribe
Reason), BranchUp (client list: OptOut with T, F and U). Names without a source here are the usual words for the same
thing.
"""

from collections.abc import Mapping

from newsletter.database.states import SubscriberState

_ACTIVE, _PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING
_UNSUBSCRIBED, _BOUNCED = SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED
_COMPLAINED = SubscriberState.COMPLAINED

Words = Mapping[str, SubscriberState]


def _words(text: str, state: SubscriberState) -> dict[str, SubscriberState]:
    return dict.fromkeys(text.split(), state)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# English, German, French, Spanish, Italian, Portuguese, Dutch, Japanese, Chinese, Russian.
YES = _set("1 true t yes y x on ja j oui vrai si verdadero vero sim verdadeiro wahr はい 是 да ✓ ✔ ☑ ✅")
NO = _set("0 false f no n off never nein falsch non faux falso nao nee いいえ 否 нет nunca jamais mai nie none")
# Values that mean that a field is empty.
BLANK = _set("null nil nan na undefined leer vide vacio")

ACTIVE_WORDS = (
    "active subscribed confirmed enabled optedin optin doubleoptin singleoptin double single aktiv"
    " angemeldet abonniert bestatigt abonne inscrit actif confirme activo suscrito confirmado attivo"
    " iscritto confermato ativo inscrito actief aangemeld 購読中 有効 已订阅 подписан"
)
# A word for a withdrawal is always safe to add. A word for `active` must not have a second meaning.
STATE_WORDS: Words = {
    **_words(ACTIVE_WORDS, _ACTIVE),
    **_words(
        "pending unconfirmed notconfirmed waiting awaitingconfirmation confirmationpending"
        " pendingconfirmation optinpending doubleoptinpending unverified notverified unactivated invited"
        " requiresverification validating unbestatigt ausstehend enattente pendiente inattesa pendente",
        _PENDING,
    ),
    **_words(
        "unsubscribed unsubscribe unsub disabled blocklisted blacklisted blocked banned removed deleted"
        " inactive cancelled canceled optedout optout notsubscribed nonsubscribed neversubscribed suppressed"
        " archived donotcontact donotemail donotmail deactivated left nomail notoptedin notactive withdrawn"
        " revoked paused dropped abgemeldet ausgetragen gesperrt geloscht inaktiv widerrufen desabonne"
        " desinscrit supprime bloque inactif dadodebaja baja cancelado eliminado bloqueado inactivo"
        " disiscritto cancellato bloccato inattivo descadastrado removido inativo afgemeld uitgeschreven"
        " opgezegd gekundigt ausgetreten resilie remove removeme delete deleteme deceased lapsed 退会"
        " 解除 配信停止 停止 已退订 退订 отписан отписался отписалась",
        _UNSUBSCRIBED,
    ),
    **_words(
        "bounced bounce cleaned hardbounced hardbounce invalid invalidemail undeliverable quarantined"
        " unzustellbar rebote rebondi",
        _BOUNCED,
    ),
    **_words(
        "complained complaint complainer spam spamcomplaint abuse junk reportedspam markedasspam reportedasspam",
        _COMPLAINED,
    ),
}

# Columns that say, with yes or a date, that a subscriber is not active.
WITHDRAWALS: Words = {
    **{word: state for word, state in STATE_WORDS.items() if state is not _ACTIVE},
    # A cancelled or archived subscription is often a paid one, and a pause or an invitation has no usual meaning.
    **_words(
        "unsubscription unsubscribes optsout optedoutofemail blocklist blacklist suppression"
        " suppressionlist donotsend donotcontactme noemail noemails nonewsletter abmeldung abmeldedatum"
        " desabonnement desinscription stop stoptime uitschrijfdatum fechadebaja nocontact dnc dne dnm"
        " kundigung kundigungsdatum austritt austrittsdatum resiliation disdetta opzegging",
        _UNSUBSCRIBED,
    ),
    **_words("clean undelivered undeliverability invalidemailaddress emailaddressisquarantined", _BOUNCED),
    **_words("complaints", _COMPLAINED),
}
AMBIGUOUS_WITHDRAWALS = _set("cancelled canceled archived paused dropped left invited waiting validating")
# Columns that say, with no, that a subscriber is not active. The state is that of `no`.
GRANTS: Words = {
    **_words(
        "subscribed subscription issubscribed optin optedin active enabled consent consented consentgiven"
        " consenttoemail permission emailpermission acceptsmarketing acceptsemailmarketing acceptsemail"
        " marketingconsent marketingoptin emailconsent emailmarketingconsent gdprconsent gdpr newsletter"
        " newsletteroptin subscribedtoemails subscribedtonewsletter aktiv angemeldet abonniert abonne"
        " inscrit suscrito iscritto inscrito einwilligung zustimmung consentement consentimiento consenso"
        " consentimento toestemming canemail canmail cancontact canbeemailed receivesnewsletter receivesemail"
        " receivesemails receivesmail wantsmail wantsemail wantsemails wantsnewsletter getsnewsletter"
        " emailable mailable contactable emailok oktoemail oktomail oktocontact mayemail maycontact"
        " sendnewsletter sendemail sendemails 同意 購読 配信 メール配信 メルマカ",
        _UNSUBSCRIBED,
    ),
    **_words("valid emailvalid validemail deliverable", _BOUNCED),
    **_words(
        "activated activation confirmed confirm confirmation doubleoptin doptin verified bestatigt confirme"
        " confirmado confermato 確認",
        _PENDING,
    ),
}
# Times from which a subscriber has been subscribed.
SINCE = _set(
    "subscribedat subscribedon subscribeddate subscribedate datesubscribed subscriptiondate"
    " subscriptionstarted optintime optindate optinat optedinat optedinon dateoptedin optintimestamp"
    " consentat consentdate consenttime"
)
# Texts that say why a subscriber is not active.
REASONS: Words = {
    **_words(
        "unsubreason unsubreasonother unsubscribereason unsubscribedreason unsubscriptionreason"
        " unsubcampaigntitle unsubcampaignid reasonforunsubscribing optoutreason stopstatus"
        " unsubscribesource unsubscribeip",
        _UNSUBSCRIBED,
    ),
    **_words(
        "cleancampaigntitle cleancampaignid bouncereason hardbouncereason emailhardbouncereason undeliverabilityreason",
        _BOUNCED,
    ),
    **_words("complaintreason", _COMPLAINED),
}
# Columns with words for a state.
STATES = _set(
    "status state subscriptionstatus subscriberstatus emailstatus contactstatus memberstatus liststatus"
    " userstatus optinstatus optoutstatus consentstatus permissionstatus emailpermissionstatus"
    " marketingstatus emailmarketingstatus emailmarketingconsentstatus newsletterstatus"
    " emailsubscriptionstatus statut estado stato"
)
# Names that contain a suspicious part, and are about something else.
HARMLESS = _set(
    "subscriber subscriberimportid subscriptionsourcefree subscriptionsourcepaid subscriberid"
    " subscriptionid subscriptiontier subscriptionpremiumtiernames subscriptionsource subscribersource"
    " subscriberrating subscribername subscriberip subscriptionip activesubscription optinip confirmip"
    " optinsource confirmsource lastactive lastactiveat lastactivedate leadstatus churndate"
    " digestenabled permissiontotrack consenttotrack consentsource confirmationip statusmessage"
    " statusupdatedat"
)
# Parts of a name that may be about consent.
SUSPICIOUS = _set(
    "unsub subscri optin optout optedin optedout optsout block blacklist suppress complain spam abuse"
    " bounc confirm consent permission gdpr delet remov cancel donot disabled enabled active inactiv"
    " status left quit paus withdr revok reject refus invalid undeliver verif churn archiv forget forgot"
    " erase nomail noemail abmeld abgemeld austrag ausgetrag sperr widerr losch beschwerd zustimm"
    " einwillig bestatig desabon desinscri bloqu supprim plainte baja elimin queja disiscri blocc reclam"
    " descadastr afgemeld afmeld uitgeschr toestemm annul activat abonn angemeld aangemeld suscri iscri"
    " inscri receiveemail receivemail receivenews receivemarketing receivesemail receivesmail receivesnews"
    " wantsemail wantsmail wantsnews wantemail wantmail wantnews allowemail allowsemail emailallowed agree"
    " mailable contactable emailok oktoemail oktomail oktocontact mayemail maycontact mailvalid validemail"
    " deliverab gekundig kundigung austritt ausgetret resiliation disdett opzeg opgezegd"
    " подпис 購読 订阅 退会 解除 停止 退订 取消 拒否 同意 確認 屏蔽"
    " отпис заблок удал жалоб"
)
# Short parts that count only as a word of their own, because other words contain them.
SHORT = _set("ban leave gone exit clean hold mute dead stop dnc dne dnm never lapsed deceased resigned former")
# Parts of a name that may be about what a subscriber wants to receive. Only no and a blank value may speak against it.
CHOICES = _set(
    "newsletter mailinglist notification frequen haufigkeit rundbrief mailverteiler infolettre nieuwsbrief"
    " 配信 メルマカ 頻度 通知 рассыл"
)
# The same, as the whole name only: `Mailing address` is about something else.
CHOICE_NAMES = _set("mailing mailings emails mails newsletters")
# Words for a state other than `active` that also begin names and ordinary texts, such as `Left Bank`.
ALSO_IN_NAMES = AMBIGUOUS_WITHDRAWALS | _set(
    "abuse austritt baja banned bounce bounces complaint complaints delete disabled dnc dne dnm enattente inattesa"
    " invalid junk pendente pendiente pending remove spam stop suppression"
)
# Words before a word for a state that do not change its meaning, and words that begin a date.
LEADING = _set("please bitte is has was have been email e mail user contact member subscriber")
BEFORE_DATES = _set("on since am seit due after")
