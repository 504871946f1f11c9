//! What the words of the report mean.

pub(super) const WORDS: &[(&str, &str)] = &[
    ("age", "how long ago a server's state was last born from an image; a stop and a start do not make it young"),
    (
        "lifetime",
        "the longest that a server may live before it is made anew: of its group, its tag, the policy file, or 30 days",
    ),
    ("due, overdue", "from 80 % of its lifetime, from 100 %"),
    ("exempt", "taken out by a tag or the policy file, with the reason"),
    ("herd", "at least three servers, and more than a tenth of their group, that fall due within 24 hours"),
    ("snowflake", "could not be made again as it is"),
    ("suspect", "something makes one doubt that it could"),
    ("drift", "a server differs from what its template version says"),
    ("behind", "how much newer the newest image of the same family is"),
    ("recipe", "what an image is baked from"),
    ("baked, fried", "brought by the image, added at boot"),
    (
        "template version",
        "what a group or a person launches servers from: a version of a launch template, or a launch configuration",
    ),
    ("scope", "an account in a region"),
    ("gap", "something that could not be read, and why; what depends on it is unknown, which is not the same as none"),
];
